import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import typography from './words/typography.json';

// Go embeds dist/, also before a build: its placeholder must outlive each one.
const placeholder: Plugin = {
  name: 'placeholder',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: '.gitkeep', source: '' });
  },
};

// The desk bundles the words it says; what the server words stays there. French
// marks are bound by the table that the server reads.
const elsewhere = /^(public|family|donor|prescriber|notice|bench|greeter|field|inventory|said|checked|month|moment|method|erasure|medium|means|obstacle|equipment|accessibility|next|power|battery|grade|keyboard|category|decline|for)\./;
const deskWords: Plugin = {
  name: 'desk-words',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('/words/fr.json')) return undefined;
    const bound = Object.entries(typography).reduce((text, [plain, tied]) => text.replaceAll(plain, tied), code);
    const all = Object.entries(JSON.parse(bound) as Record<string, unknown>);
    return { code: JSON.stringify(Object.fromEntries(all.filter(([key]) => !elsewhere.test(key)))), map: null };
  },
};

export default defineConfig({
  plugins: [svelte(), svelteTesting(), deskWords, placeholder],
  publicDir: false,
  build: {
    manifest: true,
    target: 'es2019',
    rollupOptions: { input: ['src/site.ts', 'src/worker.ts', 'src/family/apply.ts', 'src/desk/main.ts'] },
  },
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'] },
});
