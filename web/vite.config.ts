import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, URL } from 'node:url'
import { gzipSync } from 'node:zlib'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import type { Plugin } from 'vite'

// Compressed twins are made at build time, so that the server never spends CPU
// on them. They are made of the files as written: the bundler still fills in
// the names of other chunks while the bundle is generated.
function gzipAssets(): Plugin {
  return {
    name: 'mesher:gzip-assets',
    apply: 'build',
    writeBundle({ dir = 'dist' }, bundle) {
      for (const fileName of Object.keys(bundle)) {
        if (!/\.(js|css|svg|html)$/.test(fileName)) continue
        const source = readFileSync(join(dir, fileName))
        if (source.byteLength >= 1024) writeFileSync(join(dir, `${fileName}.gz`), gzipSync(source, { level: 9 }))
      }
    },
  }
}

const api = process.env.MESHER_API ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [vue(), tailwindcss(), gzipAssets()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    sourcemap: false,
    chunkSizeWarningLimit: 700,
    // The content security policy forbids data: scripts; small assets stay files.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': { target: api, ws: true } } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
