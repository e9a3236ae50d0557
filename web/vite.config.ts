/** Builds the app to dist/web, which the Worker serves. `vite` alone proxies the API to a local server. */
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { build, defineConfig, type Plugin } from 'vite';

const server = process.env.NATTER_SERVER ?? 'http://localhost:8787';

/** A second build, after the page's: at a path that never changes, in one file, as a classic script that every browser takes. */
function serviceWorker(): Plugin {
  let outDir = '';
  return {
    name: 'natter-service-worker',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    async closeBundle() {
      await build({
        configFile: false,
        root: import.meta.dirname,
        logLevel: 'warn',
        build: {
          outDir,
          emptyOutDir: false,
          copyPublicDir: false,
          rolldownOptions: {
            input: 'src/service-worker/service-worker.ts',
            output: { format: 'iife', entryFileNames: 'service-worker.js' },
          },
        },
      });
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss(), serviceWorker()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The Content-Security-Policy allows scripts from our own origin only: no inlined modules, no data: scripts.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/v1': { target: server, ws: true, changeOrigin: true, headers: { origin: server } } } },
});
