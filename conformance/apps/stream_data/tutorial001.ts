import { readFileSync } from 'node:fs'
import { App, bytes } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const encoder = new TextEncoder()

/** Line by line, as bytes: whether a handler streams text or bytes is one thing here. */
function* story() {
  for (const line of readFileSync('story.txt', 'utf8').split('\n')) yield encoder.encode(line)
}

export const streamStory = app.get('/story/stream', { response: bytes() }, async function* streamStory() {
  for (const line of story()) yield line
})

export const streamStoryNoAsync = app.get(
  '/story/stream-no-async',
  { response: bytes() },
  function* streamStoryNoAsync() {
    yield* story()
  },
)

export const streamStoryNoAnnotation = app.get(
  '/story/stream-no-annotation',
  { response: bytes() },
  async function* streamStoryNoAnnotation() {
    for (const line of story()) yield line
  },
)

export const streamStoryNoAsyncNoAnnotation = app.get(
  '/story/stream-no-async-no-annotation',
  { response: bytes() },
  function* streamStoryNoAsyncNoAnnotation() {
    yield* story()
  },
)

export const streamStoryBytes = app.get(
  '/story/stream-bytes',
  { response: bytes() },
  async function* streamStoryBytes() {
    for (const line of story()) yield line
  },
)

export const streamStoryNoAsyncBytes = app.get(
  '/story/stream-no-async-bytes',
  { response: bytes() },
  function* streamStoryNoAsyncBytes() {
    yield* story()
  },
)

export const streamStoryNoAnnotationBytes = app.get(
  '/story/stream-no-annotation-bytes',
  { response: bytes() },
  async function* streamStoryNoAnnotationBytes() {
    for (const line of story()) yield line
  },
)

export const streamStoryNoAsyncNoAnnotationBytes = app.get(
  '/story/stream-no-async-no-annotation-bytes',
  { response: bytes() },
  function* streamStoryNoAsyncNoAnnotationBytes() {
    yield* story()
  },
)
