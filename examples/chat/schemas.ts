import { z } from 'zod'

export const Message = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string().trim().min(1).max(20_000),
})

export const ChatRequest = z.object({
  messages: z.array(Message).min(1).max(100),
  maxTokens: z.int().min(1).max(1_024).default(512),
  temperature: z.number().min(0).max(2).default(0.7),
  topP: z.number().min(0).max(1).optional(),
  stop: z.array(z.string().min(1)).max(8).optional(),
  seed: z.int().nonnegative().max(0xffff_ffff).optional(),
})

export const Token = z.object({ text: z.string() })

export const Done = z.object({
  tokens: z.int(),
  /** Until the first token, in milliseconds. */
  firstMs: z.number(),
  tookMs: z.number(),
  tokensPerSecond: z.number(),
})
