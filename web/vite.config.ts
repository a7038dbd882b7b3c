import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build, defineConfig, type InlineConfig, type Plugin } from 'vite';

const SERVER = 'http://127.0.0.1:3000';

/**
 * Most people arrive on a campaign page. Its script is asked for with the first one instead of after it, which
 * spares one round trip to the first picture; other pages fetch 12 kB that their next click will want.
 */
function preloadCampaignPage(): Plugin {
  return {
    name: 'preload-campaign-page',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle = {}, path }) {
        if (path !== '/index.html') return [];
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const page = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith('/pages/Campaign.tsx'));
        const entry = chunks.find(
          ({ isEntry, facadeModuleId }) => isEntry && facadeModuleId?.endsWith('/web/index.html'),
        );
        if (!page || !entry) return [];
        const isThere = new Set([entry.fileName, ...entry.imports]);
        const files = [page.fileName, ...page.imports].filter((file) => !isThere.has(file));
        return files.map((file) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` },
          injectTo: 'head' as const,
        }));
      },
    },
  };
}

const BEST = 9;

/** nginx hands out what lies packed beside a file, and so packs nothing while somebody waits. */
function packAssets(): Plugin {
  return {
    name: 'pack-assets',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      const texts = Object.values(bundle).filter(({ fileName }) =>
        /^assets\/.*\.(js|css|svg)$/.test(fileName),
      );
      await Promise.all(
        texts.map(async (file) => {
          const packed = await promisify(gzip)(file.type === 'chunk' ? file.code : file.source, {
            level: BEST,
          });
          await writeFile(join(dir, `${file.fileName}.gz`), packed);
        }),
      );
    },
  };
}

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * What other sites load: the frame's page, whose few kilobytes share nothing with the pages' own files, and the script
 * that puts the frame there, whose address never changes.
 */
function buildEmbed(): Plugin {
  const apart = (more: NonNullable<InlineConfig['build']>): InlineConfig => ({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    plugins: [packAssets()],
    build: {
      outDir: 'dist',
      emptyOutDir: false,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      ...more,
    },
  });
  const input = (file: string): string => join(root, file);
  return {
    name: 'build-embed',
    apply: 'build',
    async closeBundle() {
      await build(apart({ rolldownOptions: { input: { embed: input('embed.html') } } }));
      const script = { format: 'iife', entryFileNames: 'embed.js' } as const;
      await build(apart({ rolldownOptions: { input: input('src/widget/embed.ts'), output: script } }));
    },
  };
}

export default defineConfig({
  root,
  plugins: [preloadCampaignPage(), packAssets(), buildEmbed()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The content security policy allows data: for images only, and small files cache better on their own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The page over a broadcast is one of its own: nothing of the site lies in it.
    rolldownOptions: {
      input: { index: join(root, 'index.html'), overlay: join(root, 'overlay/index.html') },
    },
  },
  server: {
    proxy: {
      '/api': SERVER,
      '/pictures': SERVER,
      '/og': SERVER,
      '/socket.io': { target: SERVER, ws: true },
    },
  },
});
