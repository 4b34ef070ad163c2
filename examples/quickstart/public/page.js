// Every form calls one operation of the API and shows its answer below. Texts are set as text, never as HTML.

/** An element with text or children; a class after a dot: `p.took`. */
function element(tag, ...children) {
  const [name, className] = tag.split('.')
  const made = document.createElement(name)
  if (className) made.className = className
  made.append(...children)
  return made
}

const outputOf = (form) => form.parentElement.querySelector('output')
const percent = (probability) => `${(probability * 100).toFixed(1)} %`

/** A problem (RFC 9457) as the API answers it, with all its issues. */
function problem({ title, detail, errors = [] }) {
  const box = element('div.problem', element('b', title ?? 'Error'), ` ${detail ?? ''}`)
  box.role = 'alert'
  const issues = errors.map((issue) => element('li', `${[issue.in, ...issue.path].join('.')}: ${issue.message}`))
  if (issues.length > 0) box.append(element('ul', ...issues))
  return box
}

async function problemOf(response) {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    return { title: `${response.status} ${response.statusText}`, detail: text }
  }
}

const unreachable = { title: 'No answer', detail: 'The server cannot be reached. Is it running?' }

/** Calls an operation when a form is sent, and shows what `show` makes of the answer. */
function onSubmit(id, path, bodyOf, show) {
  const form = document.getElementById(id)
  const button = form.querySelector('button')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const body = bodyOf(new FormData(form))
    const output = outputOf(form)
    button.disabled = true
    const startMs = performance.now()
    try {
      const response = await fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      if (!response.ok) return output.replaceChildren(problem(await problemOf(response)))
      const answer = await response.json()
      const took = element('p.took', `${Math.round(performance.now() - startMs)} ms`)
      output.replaceChildren(...show(answer, body), took)
    } catch {
      output.replaceChildren(problem(unreachable))
    } finally {
      button.disabled = false
    }
  })
}

onSubmit(
  'similarity',
  '/similarity',
  (data) => ({ first: data.get('first'), second: data.get('second') }),
  ({ score }) => [
    element('div.number big', score.toFixed(3)),
    bar(score),
    element('p.took', score > 0.7 ? 'About the same meaning' : score > 0.4 ? 'Related' : 'Little in common'),
  ],
)

onSubmit(
  'language',
  '/language',
  (data) => ({ text: data.get('text'), limit: 4 }),
  ({ languages }) =>
    languages.length === 0
      ? [element('p', 'No language that the model knows')]
      : languages.map(({ name, language, probability }) =>
          element(
            'div.bar',
            element('span', `${name} (${language})`),
            bar(probability),
            element('span.number', percent(probability)),
          ),
        ),
)

onSubmit(
  'search',
  '/search',
  (data) => ({ query: data.get('query'), limit: Number(data.get('limit')) }),
  ({ passages }) => passages.map((found) => passage(found)),
)

onSubmit(
  'embed',
  '/embed',
  (data) => ({
    input: data
      .get('input')
      .split('\n')
      .filter((line) => line.trim() !== ''),
  }),
  ({ embeddings, dimensions, model }, { input }) => [
    ...embeddings.map((vector, index) => {
      const numbers = vector.slice(0, 2).map((value) => value.toFixed(3))
      const caption = element(
        'figcaption',
        element('span', input[index]),
        element('span.number', `${numbers.join(', ')}, …`),
      )
      return element('figure', caption, stripes(vector))
    }),
    element('p.took', `${embeddings.length} × ${dimensions} numbers, ${model}`),
  ],
)

function bar(value) {
  const made = document.createElement('progress')
  made.value = Math.max(0, value)
  return made
}

/** A vector as a strip of colours: water for positive numbers, clay for negative ones. */
function stripes(vector) {
  const canvas = document.createElement('canvas')
  canvas.width = vector.length
  canvas.height = 1
  const context = canvas.getContext('2d')
  for (const [x, value] of vector.entries()) {
    const strength = Math.min(1, Math.abs(value) / 0.06)
    context.fillStyle = value > 0 ? `rgb(14 124 134 / ${strength})` : `rgb(214 120 72 / ${strength})`
    context.fillRect(x, 0, 1, 1)
  }
  return canvas
}

/** A passage with its source; the sentence that answers best is marked. */
function passage({ page, heading, passage: text, score, sentence }) {
  const source = element(
    'div.source',
    element('span', element('b', heading), ` · ${page}`),
    element('span.number', score.toFixed(3)),
  )
  const body = element('p')
  const start = sentence ? text.indexOf(sentence) : -1
  if (start < 0) body.append(text)
  else body.append(text.slice(0, start), element('mark', sentence), text.slice(start + sentence.length))
  return element('div.passage', source, body)
}

const askForm = document.getElementById('ask')
const stop = askForm.querySelector('[data-stop]')
let events

function endAsking() {
  events?.close()
  events = undefined
  stop.hidden = true
}

stop.addEventListener('click', () => {
  endAsking()
  outputOf(askForm).append(element('p.took', 'Stopped; the server has stopped, too'))
})

askForm.addEventListener('submit', (event) => {
  event.preventDefault()
  endAsking()
  const url = `/ask?${new URLSearchParams(new FormData(askForm))}`
  const output = outputOf(askForm)
  output.replaceChildren()
  events = new EventSource(url)
  stop.hidden = false
  events.addEventListener('passage', ({ data }) => output.append(passage(JSON.parse(data))))
  events.addEventListener('done', ({ data }) => {
    const { passages, sentences, tookMs } = JSON.parse(data)
    output.append(element('p.took', `${passages} passages, ${sentences} sentences read in ${tookMs} ms`))
    endAsking()
  })
  events.addEventListener('error', async ({ data }) => {
    endAsking()
    // The server's own `error` event carries a problem; an EventSource that could not connect says nothing.
    output.append(problem(data ? JSON.parse(data) : await whyRefused(url)))
  })
})

/** The problem behind a stream that did not open. */
async function whyRefused(url) {
  const controller = new AbortController()
  try {
    const response = await fetch(url, { signal: controller.signal })
    if (!response.ok) return await problemOf(response)
    return { title: 'Interrupted', detail: 'The connection was lost; ask again' }
  } catch {
    return unreachable
  } finally {
    controller.abort()
  }
}
