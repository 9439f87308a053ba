import { svelte } from '@sveltejs/vite-plugin-svelte';
import { writeFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// Go embeds dist/, also before a build: its placeholder must outlive each one.
const placeholder = { name: 'placeholder', closeBundle: () => writeFileSync('dist/.gitkeep', '') };

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
