import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { refuseNodeModules } from './refuse-node-modules.ts';

const api = process.env.CULPRIT_API ?? 'http://127.0.0.1:8400';

export default defineConfig({
  plugins: [refuseNodeModules(), react()],
  build: {
    target: 'es2024',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // An inlined asset is a data: URL, which the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': { target: api, changeOrigin: false } } },
});
