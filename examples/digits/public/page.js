import { modelPixels } from './pixels.js'

const drawing = document.querySelector('#drawing')
const seen = document.querySelector('#seen')
const digit = document.querySelector('#digit')
const status = document.querySelector('#status')
const undo = document.querySelector('#undo')
const clear = document.querySelector('#clear')

const bars = Array.from({ length: 10 }, (_, label) => {
  const bar = document.createElement('progress')
  const share = document.createElement('span')
  const item = document.createElement('li')
  bar.max = 1
  bar.value = 0
  bar.setAttribute('aria-label', `Probability of ${label}`)
  const name = document.createElement('b')
  name.textContent = String(label)
  item.append(name, bar, share)
  document.querySelector('#probabilities').append(item)
  return { item, bar, share }
})

/** Each a list of points `[x, y]` in the pixels of the canvas. */
let strokes = []
/** The stroke of each pointer that is down: several fingers may draw. */
const drawn = new Map()

function pointOf(event) {
  const { left, top, width, height } = drawing.getBoundingClientRect()
  return [((event.clientX - left) / width) * drawing.width, ((event.clientY - top) / height) * drawing.height]
}

drawing.addEventListener('pointerdown', (event) => {
  if (event.button !== 0) return
  drawing.setPointerCapture(event.pointerId)
  const stroke = [pointOf(event)]
  drawn.set(event.pointerId, stroke)
  strokes.push(stroke)
  changed()
})

drawing.addEventListener('pointermove', (event) => {
  const stroke = drawn.get(event.pointerId)
  if (!stroke) return
  const moves = event.getCoalescedEvents?.() ?? []
  stroke.push(...(moves.length > 0 ? moves : [event]).map(pointOf))
  changed()
})

for (const type of ['pointerup', 'pointercancel'])
  drawing.addEventListener(type, (event) => drawn.delete(event.pointerId))

undo.addEventListener('click', () => {
  strokes.pop()
  changed()
})

clear.addEventListener('click', () => {
  strokes = []
  changed()
})

function changed() {
  undo.disabled = clear.disabled = strokes.length === 0
  paint()
  isStale = true
  void classify()
}

function paint() {
  const context = drawing.getContext('2d')
  context.clearRect(0, 0, drawing.width, drawing.height)
  context.strokeStyle = getComputedStyle(drawing).color
  context.lineWidth = 22
  context.lineCap = context.lineJoin = 'round'
  for (const stroke of strokes) {
    context.beginPath()
    context.moveTo(...stroke[0])
    for (const point of stroke) context.lineTo(...point)
    context.stroke()
  }
}

let isAsking = false
let isStale = false

/** One question at a time: what is drawn meanwhile is asked for with the next. */
async function classify() {
  if (isAsking) return
  isAsking = true
  while (isStale) {
    isStale = false
    if (strokes.length === 0) showNothing()
    else await ask(modelPixels(strokes))
  }
  isAsking = false
}

async function ask(pixels) {
  showSeen(pixels)
  const startedAt = performance.now()
  try {
    const response = await fetch('/classify', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ pixels }),
    })
    const answer = await response.json()
    if (!response.ok) return showProblem(answer.detail)
    showAnswer(answer)
    const tookMs = Math.round(performance.now() - startedAt)
    status.textContent = `Answered in ${tookMs} ms, of which the model took ${response.headers.get('x-inference-time')} ms.`
  } catch {
    showProblem('The server cannot be reached.')
  }
}

function showAnswer({ digit: best, probability, probabilities }) {
  digit.textContent = String(best)
  digit.classList.toggle('unsure', probability < 0.6)
  for (const [label, { item, bar, share }] of bars.entries()) {
    item.classList.toggle('best', label === best)
    bar.value = probabilities[label]
    share.textContent = `${(probabilities[label] * 100).toFixed(1)} %`
  }
}

function showNothing() {
  digit.textContent = '?'
  status.textContent = 'Draw a digit from 0 to 9.'
  showSeen(modelPixels([]))
  for (const { item, bar, share } of bars) {
    item.classList.remove('best')
    bar.value = 0
    share.textContent = ''
  }
}

function showProblem(text) {
  digit.textContent = '?'
  status.textContent = text
}

function showSeen(pixels) {
  const context = seen.getContext('2d')
  const image = context.createImageData(8, 8)
  for (const [index, ink] of pixels.flat().entries()) image.data.set([14, 124, 134, Math.round(ink * 255)], index * 4)
  context.putImageData(image, 0, 0)
}

showNothing()
