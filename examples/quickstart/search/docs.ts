import { dependency } from 'millrace'
import { type Embedder, embedder, embeddingModel } from '../models/embedder.ts'
import { type Progress, progress } from '../progress.ts'
import { DocsIndex } from './DocsIndex.ts'
import { VectorCache } from './VectorCache.ts'

/** Millrace's own docs pages. */
const docsFolder = new URL('../../../docs/', import.meta.url)

/** Where one looks things up by their names. They would take two fifths of the time to embed. */
const leaveOut = [
  'README.md',
  'coming-from-fastapi.md',
  'coming-from-flask.md',
  'compat.md',
  'dependencies.md',
  'error-codes.md',
]

/** Where the next start-up, or reload, finds the vectors of this one. */
const cacheFile = new URL('../node_modules/.cache/vectors.json', import.meta.url)

/** The index of the docs pages, embedded at start-up. */
export const docs = dependency({ scope: 'app', deps: { embedder, progress } }, async ({ embedder, progress }) =>
  readDocs(docsFolder, embedder, progress, await VectorCache.open(cacheFile, embeddingModel)),
)

/** Reads a folder of pages into an index, and tells how far it is. */
export async function readDocs(
  folder: URL,
  embedder: Embedder,
  progress: Progress,
  cache?: VectorCache,
): Promise<DocsIndex> {
  const loading = progress.begin('loading embedding model')
  // It is loaded by the first call.
  await embedder.run('Is anybody there?')
  loading.end()
  const step = progress.begin('embedding docs')
  const onProgress = (done: number, all: number) => step.update(`${done}/${all} texts`)
  const index = await DocsIndex.read(folder, embedder, { onProgress, cache, leaveOut })
  if (index.passages === 0) step.end('(none found: /search and /ask will answer 503)')
  else step.end(`${index.pages} pages, ${index.passages} passages`)
  return index
}
