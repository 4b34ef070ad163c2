import { HttpError } from '../../../errors/HttpError.ts'
import { Pieces } from '../pieces.ts'
import { readItem, type Task } from './items.ts'
import type { ChatWrapper, Generation, LlamaContext, LlamaModel, LlamaToken } from './package.ts'
import type { Sequences } from './sequences.ts'

/** A model that makes text. */
export interface Generator {
  readonly model: LlamaModel
  readonly context: LlamaContext
  readonly template: ChatWrapper
  /** Tokens of one text, what is given and what is made. */
  readonly contextSize: number
  readonly sequences: Sequences
  readonly close: () => Promise<void>
}

/** Tokens that the library keeps free, so that it never has to forget the beginning of a text. */
const spareTokens = 4

/**
 * Makes the text of one item, piece by piece; a piece is a token, or several that make one character. It ends
 * early, after the next token, when the signal is aborted or the loop is left.
 *
 * @throws {HttpError} 422, code `wrong_input` or `context_overflow`
 */
export async function* generate(
  generator: Generator,
  item: unknown,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const task = readItem(item)
  const tokens = tokensOf(generator, task)
  const room = generator.contextSize - tokens.length - spareTokens
  if (room < 1) throw overflow(tokens.length, generator.contextSize)
  const gone = new AbortController()
  const pieces = new Pieces<string>()
  const made = make(generator, task, tokens, {
    maxTokens: Math.min(task.maxTokens, room),
    temperature: task.temperature,
    ...(task.topP !== undefined && { topP: task.topP }),
    ...(task.seed !== undefined && { seed: task.seed }),
    ...(task.stop.length > 0 && { customStopTriggers: task.stop }),
    signal: AbortSignal.any([signal, gone.signal]),
    stopOnAbortSignal: true,
    onTextChunk: (text) => text !== '' && pieces.push(text),
  })
  made.then(
    () => pieces.end(),
    (error) => pieces.end(error),
  )
  try {
    yield* pieces.read(() => undefined)
  } finally {
    gone.abort()
  }
}

async function make(
  { sequences, contextSize }: Generator,
  { input }: Task,
  tokens: readonly LlamaToken[],
  options: Generation,
): Promise<void> {
  const seat = await sequences.take(tokens)
  try {
    options.signal.throwIfAborted()
    if (typeof input === 'string')
      await seat.completion.generateCompletion(tokens, { ...options, disableContextShift: true })
    else {
      // Forgetting the beginning of a conversation would be a wrong answer; there is room for all of it.
      const strategy = () => {
        throw overflow(tokens.length, contextSize)
      }
      await seat.chat.generateResponse(input, { ...options, contextShift: { strategy } })
    }
  } finally {
    sequences.give(seat)
  }
}

function tokensOf({ model, template }: Generator, { input }: Task): LlamaToken[] {
  if (typeof input === 'string') return model.tokenize(input)
  return template.generateContextState({ chatHistory: input }).contextText.tokenize(model.tokenizer)
}

function overflow(tokens: number, contextSize: number): HttpError {
  return new HttpError(422, `This has ${tokens} tokens, and the model reads and writes ${contextSize} together`, {
    code: 'context_overflow',
  })
}
