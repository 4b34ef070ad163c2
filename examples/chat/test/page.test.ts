import type { Server } from 'millrace'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from './support/browser.ts'
import { hasModel, serve, status } from './support/chat.ts'

if (!chromiumPath) console.warn('The page is not tested: no Chromium found; install one or set CHROMIUM_PATH')

describe.skipIf(!chromiumPath || !hasModel)('the page in a browser', () => {
  let server: Server
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    server = await serve()
    browser = await chromium.launch({ executablePath: chromiumPath as string, args: ['--no-sandbox', '--disable-gpu'] })
    page = await browser.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    // Violations of the Content-Security-Policy come as console errors, too.
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    const response = await page.goto(server.url)
    expect(response?.headers()['content-security-policy']).toContain("script-src 'self'")
  })

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    expect(complaints).toEqual([])
  })

  const answers = () => page.locator('.assistant')
  const say = async (text: string) => {
    await page.fill('#question', text)
    await page.keyboard.press('Enter')
  }

  test('shows an answer and its speed', async () => {
    await say('What is the capital of France? Answer in one word.')
    const numbers = answers().last().locator('.numbers')
    await expect
      .poll(() => numbers.textContent(), { timeout: 25_000 })
      .toMatch(/^\d+ tokens · \d+\.\d tokens\/s · first after \d+ ms$/)
    expect(await answers().last().locator('.said').textContent()).not.toBe('')
    expect(await page.locator('#stop').isHidden()).toBe(true)
  })

  test('Stop ends the work on the server', async () => {
    const before = (await status(server))['cancelled'] as number
    // A model that draws lots may be done before anybody can click: then it is asked once more.
    const stopped = async (): Promise<boolean> => {
      await say('Tell me a very long story about a miller, with many chapters.')
      await page.locator('.assistant.writing .said:not(:empty)').waitFor()
      return await page.click('#stop', { timeout: 1_000 }).then(
        () => true,
        () => false,
      )
    }
    if (!(await stopped())) expect(await stopped()).toBe(true)
    const numbers = answers().last().locator('.numbers')
    expect(await numbers.textContent()).toMatch(/^Stopped after \d+ tokens$/)
    await expect.poll(() => status(server)).toMatchObject({ running: 0, queued: 0, cancelled: before + 1 })
    expect(await page.locator('#send').isVisible()).toBe(true)
  })

  test('says what is wrong, and begins anew', async () => {
    await page.evaluate("document.querySelector('textarea').maxLength = 100_000")
    await say('word '.repeat(2_100))
    const problem = page.locator('.numbers.problem')
    await problem.waitFor()
    expect(await problem.textContent()).toMatch(/^This has \d+ tokens, and the model reads and writes 2048 together$/)
    // Chromium itself reports an answer of 422 as an error.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('422')])
    await page.click('#new')
    expect(await page.locator('#conversation li').count()).toBe(0)
    await page.locator('.idea').first().click()
    await page.locator('.assistant.writing .said:not(:empty)').waitFor()
    expect(await page.locator('.user .said').textContent()).toBe('What does a water mill do?')
    await page.click('#stop')
  })
})
