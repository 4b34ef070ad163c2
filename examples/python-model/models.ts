import { fileURLToPath } from 'node:url'
import { model, python } from 'millrace/models'
import { digitClassifier } from '../digits/classifier.ts'

/** Where `npm run setup` has put Python's packages. */
export const venv: string = fileURLToPath(new URL('./.venv', import.meta.url))

/** The same classifier as in `examples/digits`, in a process of Python. */
export const pythonClassifier = model({
  name: 'digits-python',
  ...digitClassifier,
  runtime: python(new URL('./model.py', import.meta.url), { venv, env: { OPENBLAS_NUM_THREADS: '1' } }),
})
