import { expect, it } from 'vitest'
import { readPages } from './support/pages.ts'

it('blocks that are not run are known, each with its reason', async () => {
  const pages = await readPages()
  const excused = pages.flatMap(({ path, excused }) => excused.map((line) => `${path} ${line.replace(/^\d+: /, '')}`))
  expect(excused).toEqual([
    'README.md installs, and serves until it is stopped',
    'README.md asks the quickstart, which runs a real model',
    'README.md works in a clone and in your own project',
    'AGENTS.md works on the whole repository',
    'docs/coming-from-fastapi.md the FastAPI service that the next block is a port of',
    'docs/coming-from-fastapi.md the FastAPI service that the next blocks are a port of',
    'docs/coming-from-flask.md the Flask app that the next block is a port of',
    'docs/coming-from-flask.md a part of the blog in Flask',
    'docs/coming-from-flask.md a part of the blog in Flask',
    'docs/coming-from-flask.md a part of the blog in Flask',
    'docs/coming-from-flask.md a part of the blog in Flask',
    'docs/coming-from-flask.md a part of the blog in Flask',
    'docs/coming-from-flask.md a part of the blog in Flask',
    'docs/coming-from-flask.md a part of the blog in Flask',
    'docs/command-line.md waits for lines',
    'docs/first-steps.md serves at a fixed port until it is stopped',
    'docs/models-ready-made.md installs a package',
    'docs/models-ready-made.md fetches 90 MB and needs @huggingface/transformers; examples/embeddings is tested with it',
    'docs/models-ready-made.md installs a package, which is large',
    'docs/models-ready-made.md needs node-llama-cpp and a model; examples/chat is tested with both',
    'docs/models-ready-made.md needs onnxruntime-node and a model with its weights in a file of their own',
    'docs/openapi.md installs generators',
  ])
})
