/** Pixels on a side of what the model sees. */
const side = 8
/** The digit is first put into a square of so many pixels, as it was for the dataset. */
const boxSide = 32
/** The digits of the dataset are as high as the square, and leave a margin on the left and the right. */
const maxWidth = 24

/** The 64 pixels of a picture for the model. @param rows 8 × 8, or larger and square */
export function modelPixels(rows: readonly (readonly number[])[]): Float32Array<ArrayBuffer> {
  return Float32Array.from((rows.length === side ? rows : scaledDown(rows)).flat())
}

/**
 * Cuts out the ink, scales it into the square of the dataset, and averages that into 8 × 8 pixels. A picture
 * without ink stays empty.
 */
function scaledDown(rows: readonly (readonly number[])[]): number[][] {
  const inked = rows.flatMap((row, y) => row.flatMap((ink, x) => (ink > 0.1 ? [{ x, y }] : [])))
  if (inked.length === 0) return Array.from({ length: side }, () => new Array<number>(side).fill(0))
  const left = Math.min(...inked.map(({ x }) => x))
  const top = Math.min(...inked.map(({ y }) => y))
  const width = Math.max(...inked.map(({ x }) => x)) + 1 - left
  const height = Math.max(...inked.map(({ y }) => y)) + 1 - top
  const scale = Math.min(boxSide / height, maxWidth / width)
  const box = Array.from({ length: boxSide }, (_, y) =>
    Array.from({ length: boxSide }, (_, x) =>
      inkAt(
        rows,
        left + width / 2 + (x + 0.5 - boxSide / 2) / scale,
        top + height / 2 + (y + 0.5 - boxSide / 2) / scale,
      ),
    ),
  )
  const block = boxSide / side
  return Array.from({ length: side }, (_, y) =>
    Array.from({ length: side }, (_, x) => {
      const inBlock = box.slice(y * block, (y + 1) * block).flatMap((row) => row.slice(x * block, (x + 1) * block))
      return inBlock.reduce((sum, ink) => sum + ink, 0) / inBlock.length
    }),
  )
}

/** The ink at a point between the middles of pixels, bilinear; none outside of the picture. */
function inkAt(rows: readonly (readonly number[])[], x: number, y: number): number {
  const column = Math.floor(x - 0.5)
  const row = Math.floor(y - 0.5)
  const right = x - 0.5 - column
  const down = y - 0.5 - row
  const ink = (dy: number, dx: number) => rows[row + dy]?.[column + dx] ?? 0
  return (
    (1 - down) * ((1 - right) * ink(0, 0) + right * ink(0, 1)) + down * ((1 - right) * ink(1, 0) + right * ink(1, 1))
  )
}
