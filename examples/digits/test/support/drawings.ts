/** Strokes as people draw them, with points from 0 to 1. */
export type Drawing = readonly (readonly [Point, ...Point[]])[]
type Point = readonly [x: number, y: number]

/** An arc of an ellipse, with angles in degrees: 0 to the right, 90 down. */
function arc(x: number, y: number, width: number, height: number, from: number, to: number): [Point, ...Point[]] {
  const at = (step: number): Point => {
    const angle = ((from + ((to - from) * step) / 16) * Math.PI) / 180
    return [x + width * Math.cos(angle), y + height * Math.sin(angle)]
  }
  return [at(0), ...Array.from({ length: 16 }, (_, step) => at(step + 1))]
}

/** A drawing in the upper left corner, of less than a third of its size. */
export function smaller(drawing: Drawing): Drawing {
  const small = ([x, y]: Point): Point => [x * 0.3, y * 0.3]
  return drawing.map(([first, ...others]) => [small(first), ...others.map(small)])
}

export const drawings: Readonly<Record<string, Drawing>> = {
  0: [arc(0.5, 0.5, 0.25, 0.38, -90, 270)],
  1: [
    [
      [0.4, 0.3],
      [0.54, 0.12],
      [0.53, 0.9],
    ],
  ],
  2: [[...arc(0.5, 0.32, 0.22, 0.2, -170, 40), [0.28, 0.88], [0.75, 0.87]]],
  3: [[...arc(0.48, 0.3, 0.2, 0.18, -150, 90), ...arc(0.48, 0.69, 0.24, 0.21, -90, 150)]],
  4: [
    [
      [0.5, 0.1],
      [0.22, 0.58],
      [0.8, 0.56],
    ],
    [
      [0.62, 0.36],
      [0.58, 0.92],
    ],
  ],
  5: [[[0.72, 0.12], [0.36, 0.12], [0.33, 0.46], ...arc(0.48, 0.65, 0.24, 0.23, -130, 140)]],
  6: [[[0.6, 0.1], [0.4, 0.32], [0.3, 0.6], ...arc(0.5, 0.68, 0.2, 0.2, -180, 200)]],
  7: [
    [
      [0.26, 0.14],
      [0.74, 0.13],
      [0.45, 0.9],
    ],
    [
      [0.35, 0.52],
      [0.68, 0.5],
    ],
  ],
  8: [[...arc(0.5, 0.31, 0.17, 0.18, 80, -260), ...arc(0.5, 0.7, 0.21, 0.2, -90, 270)]],
  9: [[...arc(0.48, 0.34, 0.2, 0.2, 0, -360), [0.66, 0.6], [0.56, 0.9]]],
}
