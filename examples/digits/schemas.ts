import { z } from 'zod'

const pixel = z.number().min(0).max(1)
const picture = (side: number) => z.array(z.array(pixel).length(side)).length(side)

export const Picture = z
  .object({
    pixels: z
      .union([picture(8), picture(28)])
      .describe(
        'Rows from the top, each from the left, of numbers from 0 (paper) to 1 (ink). 8 × 8 are taken as they ' +
          'are; of 28 × 28 the digit is cut out, centred and scaled down first.',
      ),
  })
  .meta({ id: 'Picture' })

export const Classification = z
  .object({
    digit: z.int().min(0).max(9).describe('The most probable one'),
    probability: z.number().min(0).max(1),
    probabilities: z.array(z.number().min(0).max(1)).length(10).describe('Of the digits 0 to 9'),
  })
  .meta({ id: 'Classification' })

/** What ten probabilities say. */
export function classification(probabilities: Float32Array): z.infer<typeof Classification> {
  const probability = Math.max(...probabilities)
  return { digit: probabilities.indexOf(probability), probability, probabilities: [...probabilities] }
}
