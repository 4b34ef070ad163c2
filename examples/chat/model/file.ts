import { fileURLToPath } from 'node:url'

/** SmolLM2-135M-Instruct, quantised to about 4 bits a weight: 98 MB. */
export const modelName = 'SmolLM2-135M-Instruct'

/** Where the model is, once `npm run model` has fetched it. `CHAT_MODEL` names another GGUF file. */
export const modelPath: string =
  process.env['CHAT_MODEL'] ?? fileURLToPath(new URL(`./${modelName}.gguf`, import.meta.url))
