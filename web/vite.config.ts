/** Builds the app to dist/web, which the Worker serves. `vite` alone proxies the API to a local server. */
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env.NATTER_SERVER ?? 'http://localhost:8787';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The Content-Security-Policy allows scripts from our own origin only: no inlined modules, no data: scripts.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/v1': { target: server, ws: true, changeOrigin: true, headers: { origin: server } } } },
});
