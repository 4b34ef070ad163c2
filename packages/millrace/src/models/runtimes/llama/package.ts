/**
 * The part of `node-llama-cpp` that is used. The package is an optional peer: where it is not installed, its
 * own types are not there either.
 */
export interface LlamaPackage {
  getLlama(options: {
    readonly gpu: LlamaGpu
    readonly build: 'never'
    readonly maxThreads: number
    readonly logLevel: 'error'
    readonly logger: (level: string, message: string) => void
  }): Promise<Llama>
  readonly LlamaChat: new (options: { contextSequence: LlamaSequence; chatWrapper: ChatWrapper }) => LlamaChat
  readonly LlamaCompletion: new (options: { contextSequence: LlamaSequence }) => LlamaCompletion
  resolveChatWrapper(model: LlamaModel): ChatWrapper
}

/** What computes. */
export type LlamaGpu = 'auto' | 'metal' | 'cuda' | 'vulkan' | false

/** The library, loaded. */
export interface Llama {
  loadModel(options: { readonly modelPath: string }): Promise<LlamaModel>
  dispose(): Promise<void>
}

/** The weights and the vocabulary. */
export interface LlamaModel {
  readonly trainContextSize: number
  readonly tokenizer: unknown
  tokenize(text: string): LlamaToken[]
  createContext(options: { readonly sequences: number; readonly contextSize: number }): Promise<LlamaContext>
  dispose(): Promise<void>
}

/** A word piece, by its number. */
export type LlamaToken = number

/** Memory for several texts, computed together. */
export interface LlamaContext {
  getSequence(): LlamaSequence
  dispose(): Promise<void>
}

/** One text of a context. */
export interface LlamaSequence {
  readonly contextSize: number
  compareContextTokens(tokens: readonly LlamaToken[]): { readonly firstDifferentIndex: number }
  /** Reads tokens, and makes new ones. */
  evaluate(tokens: LlamaToken[], options: unknown): AsyncGenerator<LlamaToken, void, LlamaToken | LlamaToken[] | void>
  eraseContextTokenRanges(ranges: readonly { readonly start: number; readonly end: number }[]): Promise<void>
  adaptStateToTokens(tokens: LlamaToken[], allowShift?: boolean): Promise<void>
}

/** The template of a model: from a conversation to its text. */
export interface ChatWrapper {
  generateContextState(options: { readonly chatHistory: readonly ChatHistoryItem[] }): {
    readonly contextText: { tokenize(tokenizer: unknown): LlamaToken[] }
  }
}

/** A message of a conversation. */
export type ChatHistoryItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: readonly string[] }

/** Answers conversations. */
export interface LlamaChat {
  generateResponse(history: readonly ChatHistoryItem[], options: ChatGeneration): Promise<string>
}

/** Continues texts. */
export interface LlamaCompletion {
  generateCompletion(
    text: readonly LlamaToken[],
    options: Generation & { readonly disableContextShift: boolean },
  ): Promise<string>
}

/** How a text is made. */
export interface Generation {
  readonly maxTokens: number
  readonly temperature: number
  readonly topP?: number
  readonly seed?: number
  readonly customStopTriggers?: readonly string[]
  readonly signal: AbortSignal
  readonly stopOnAbortSignal: boolean
  readonly onTextChunk: (text: string) => void
}

/** How an answer is made. */
export interface ChatGeneration extends Generation {
  readonly contextShift: { readonly strategy: () => never }
}
