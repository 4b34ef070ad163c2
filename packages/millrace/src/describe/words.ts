/** `getItemsById` as a title: `Get items by id`. */
export function titleOfId(operationId: string): string {
  const words = wordsOf(operationId.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2'))
  return capitalize(words.map((word) => (/^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase())).join(' '))
}

/** Any text as a name for a component: `An item-2` is `AnItem2`. A name that generators can use stays as it is. */
export function componentName(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) return text
  const name = wordsOf(text).map(capitalize).join('')
  return /^[A-Za-z_]/.test(name) ? name : `Schema${name}`
}

export function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function wordsOf(text: string): string[] {
  return text.split(/[^A-Za-z0-9]+/).filter(Boolean)
}
