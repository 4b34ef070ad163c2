import { llama, model } from 'millrace/models'
import { z } from 'zod'
import { modelName, modelPath } from './model/file.ts'
import { ChatRequest } from './schemas.ts'

/** Conversations that are answered at the same time. */
export const lanes = 4

export const assistant = model({
  name: modelName,
  input: ChatRequest,
  output: z.string(),
  runtime: llama({ path: modelPath, lanes, contextSize: 2_048 }),
  // A conversation waits up to a minute for its first token, and 32 may run or wait.
  queue: { maxSize: 32, deadlineMs: 60_000 },
})
