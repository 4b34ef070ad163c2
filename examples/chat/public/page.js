import { events } from './events.js'

// Texts are set as text, never as HTML.

const conversation = document.getElementById('conversation')
const form = document.getElementById('ask')
const question = document.getElementById('question')
const send = document.getElementById('send')
const stop = document.getElementById('stop')
const start = document.getElementById('start')

/** What has been said, as the API takes it. */
let messages = []
/** Ends the answer that is being made. */
let running

function element(name, className, text = '') {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

function bubble(role, text) {
  const item = element('li', role)
  const said = element('div', 'said', text)
  item.append(said)
  conversation.append(item)
  return { item, said }
}

function setBusy(isBusy) {
  send.hidden = isBusy
  stop.hidden = !isBusy
  conversation.ariaBusy = String(isBusy)
}

const rate = (tokens, ms) => (ms > 0 ? `${((tokens / ms) * 1_000).toFixed(1)} tokens/s` : '')

async function problemOf(response) {
  const { title, detail, errors = [] } = await response.json().catch(() => ({ title: response.statusText }))
  return [detail ?? title, ...errors.map(({ message }) => message)].join(' · ')
}

async function answer(text) {
  start.hidden = true
  messages.push({ role: 'user', content: text })
  bubble('user', text)
  const { item, said } = bubble('assistant', '')
  const numbers = element('div', 'numbers', 'Reading …')
  item.append(numbers)
  item.classList.add('writing')
  item.scrollIntoView({ block: 'end' })
  const controller = new AbortController()
  running = controller
  setBusy(true)
  let tokens = 0
  let firstAt = 0
  let outcome = ''
  try {
    const response = await fetch('/chat', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages }),
      signal: controller.signal,
    })
    if (!response.ok) throw new Error(await problemOf(response))
    for await (const { event, data } of events(response.body)) {
      if (event === 'token') {
        firstAt ||= performance.now()
        tokens++
        said.append(data.text)
        numbers.textContent = `${tokens} tokens · ${rate(tokens - 1, performance.now() - firstAt)}`
        item.scrollIntoView({ block: 'end' })
      } else if (event === 'done') {
        outcome = `${data.tokens} tokens · ${data.tokensPerSecond.toFixed(1)} tokens/s · first after ${data.firstMs} ms`
      } else if (event === 'error') throw new Error(data.detail ?? data.title)
    }
  } catch (error) {
    if (controller.signal.aborted) outcome = `Stopped after ${tokens} tokens`
    else {
      outcome = error instanceof TypeError ? 'The server cannot be reached. Is it running?' : error.message
      numbers.classList.add('problem')
      numbers.role = 'alert'
    }
  }
  numbers.textContent = outcome
  item.classList.remove('writing')
  // A conversation that has been begun anew meanwhile has nothing to do with this.
  if (running !== controller) return
  if (said.textContent) messages.push({ role: 'assistant', content: said.textContent })
  else messages.pop()
  running = undefined
  setBusy(false)
  question.focus()
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const text = question.value.trim()
  if (!text || running) return
  question.value = ''
  answer(text)
})

question.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  form.requestSubmit()
})

stop.addEventListener('click', () => running?.abort())

for (const idea of document.querySelectorAll('.idea'))
  idea.addEventListener('click', () => !running && answer(idea.textContent))

document.getElementById('new').addEventListener('click', () => {
  running?.abort()
  running = undefined
  messages = []
  conversation.replaceChildren()
  start.hidden = false
  setBusy(false)
  question.focus()
})
