const query = document.querySelector('#query')
const texts = document.querySelector('#texts')
const ranking = document.querySelector('#ranking')
const status = document.querySelector('#status')

/** Of the request that runs; a newer one takes its place. */
let running

async function rank() {
  running?.abort()
  running = new AbortController()
  const { signal } = running
  const lines = texts.value.split('\n').filter((line) => line.trim() !== '')
  if (query.value.trim() === '' || lines.length === 0) return show([], 'Type a query, and texts to choose from.')
  const startMs = performance.now()
  try {
    const response = await fetch('/rank', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: query.value, texts: lines }),
      signal,
    })
    const body = await response.json()
    if (!response.ok) return show([], body.errors?.[0]?.message ?? body.detail)
    show(
      body.ranking,
      `${lines.length} ${lines.length === 1 ? 'text' : 'texts'} in ${Math.round(performance.now() - startMs)} ms`,
    )
  } catch (error) {
    if (!signal.aborted) show([], `No answer: ${error.message}`)
  }
}

function show(rows, message) {
  ranking.replaceChildren(
    ...rows.map(({ text, similarity }) => {
      const row = document.createElement('li')
      const bar = document.createElement('meter')
      bar.min = 0
      bar.max = 1
      bar.value = similarity
      const number = document.createElement('span')
      number.className = 'similarity'
      number.textContent = rounded(similarity)
      const words = document.createElement('span')
      words.textContent = text
      row.append(words, bar, number)
      return row
    }),
  )
  status.textContent = message
}

/** Two digits, and no sign before nothing. */
function rounded(similarity) {
  const text = similarity.toFixed(2)
  return text === '-0.00' ? '0.00' : text.replace('-', '\u2212')
}

query.addEventListener('input', rank)
texts.addEventListener('input', rank)
rank()
