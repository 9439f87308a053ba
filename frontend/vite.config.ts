import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// Go embeds dist/, also before a build: its placeholder must outlive each one.
const placeholder: Plugin = {
  name: 'placeholder',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: '.gitkeep', source: '' });
  },
};

export default defineConfig({
  plugins: [svelte(), placeholder],
  publicDir: false,
  build: {
    manifest: true,
    target: 'es2019',
    rollupOptions: { input: ['src/family/apply.ts', 'src/desk/main.ts'] },
  },
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'] },
});
