import { pathToFileURL } from 'node:url'
import { workerData } from 'node:worker_threads'
import type { ModelDefinition } from '../../defineModel.ts'
import type { ThreadData } from '../messages.ts'
import { type Generator, generate } from './generate.ts'
import type { Llama, LlamaGpu, LlamaModel, LlamaPackage } from './package.ts'
import { Pauses } from './pauses.ts'
import { Sequences } from './sequences.ts'

/** What the thread of `llama()` is started with. */
export interface LlamaThreadData extends ThreadData {
  readonly llama: {
    /** The file of `node-llama-cpp` to import. */
    readonly package: string
    readonly path: string
    readonly sequences: number
    readonly contextSize: number
    readonly gpu: LlamaGpu
  }
}

const { llama: options } = workerData as LlamaThreadData

/** What the library has complained of while the model loads. */
let complaints: string[] | undefined = []

// The model that the thread of `llama()` runs.
const definition: ModelDefinition<Generator, unknown, string> = {
  load: async ({ threads }) => {
    const library = (await import(pathToFileURL(options.package).href)) as LlamaPackage
    const llama = await library.getLlama({
      gpu: options.gpu,
      build: 'never',
      maxThreads: threads,
      logLevel: 'error',
      logger: (_level, message) => {
        if (complaints) complaints.push(message.trim())
        else console.error(message.trim())
      },
    })
    const model = await loadModel(llama)
    complaints = undefined
    const contextSize = Math.min(options.contextSize, model.trainContextSize)
    const context = await model.createContext({ sequences: options.sequences, contextSize })
    const template = library.resolveChatWrapper(model)
    const pauses = new Pauses()
    const seats = Array.from({ length: options.sequences }, () => {
      const sequence = pauses.attach(context.getSequence())
      return {
        sequence,
        chat: new library.LlamaChat({ contextSequence: sequence, chatWrapper: template }),
        completion: new library.LlamaCompletion({ contextSequence: sequence }),
      }
    })
    return {
      model,
      context,
      template,
      contextSize,
      sequences: new Sequences(seats),
      close: async () => {
        await context.dispose()
        await model.dispose()
        await llama.dispose()
      },
    }
  },
  run: (generator, items, { signal }) =>
    Promise.all(
      items.map(async (item) => {
        try {
          let text = ''
          for await (const piece of generate(generator, item, signal)) text += piece
          return text
        } catch (error) {
          return error instanceof Error ? error : new Error(String(error))
        }
      }),
    ),
  stream: (generator, item, { signal }) => generate(generator, item, signal),
  warmUp: Array.from({ length: options.sequences }, () => ({ prompt: 'Hello', maxTokens: 1 })),
  close: (generator) => generator.close(),
}

export default definition

async function loadModel(llama: Llama): Promise<LlamaModel> {
  try {
    return await llama.loadModel({ modelPath: options.path })
  } catch (error) {
    // The library says why in its log, a little later than it fails.
    await new Promise((resolve) => setImmediate(resolve))
    const reasons = [error instanceof Error ? error.message : String(error), ...(complaints ?? [])]
    throw new Error(`The model at ${options.path} cannot be loaded: ${reasons.join('; ')}`, { cause: error })
  }
}
