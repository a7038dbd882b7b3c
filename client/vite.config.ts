import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The package as one file of JavaScript; `tsc` writes the declarations beside it. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  build: {
    target: 'es2022',
    outDir: 'dist',
    minify: false,
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'index' },
    rolldownOptions: { external: ['socket.io-client'] },
  },
});
