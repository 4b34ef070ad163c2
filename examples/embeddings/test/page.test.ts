import type { Server } from 'millrace'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from './support/browser.ts'
import { hasModel, serve } from './support/server.ts'

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

  const rows = () => page.locator('#ranking li')
  const first = () => rows().first().locator('span').first().textContent()

  test('orders the texts for the query', async () => {
    await expect.poll(() => rows().count(), { timeout: 15_000 }).toBe(8)
    expect(await first()).toBe('How to reset a forgotten password')
    expect(await page.locator('#status').textContent()).toMatch(/^8 texts in \d+ ms$/)
  })

  test('and anew while one types', async () => {
    await page.fill('#query', 'when do you close?')
    await expect.poll(first).toBe('Our shop is open from nine to six')
    await page.fill('#texts', 'A violin concerto\nThe opening hours on Sundays')
    await expect.poll(() => rows().count()).toBe(2)
    expect(await first()).toBe('The opening hours on Sundays')
    await page.fill('#query', '')
    await expect.poll(() => rows().count()).toBe(0)
    expect(await page.locator('#status').textContent()).toBe('Type a query, and texts to choose from.')
  })

  test('says what is wrong', async () => {
    await page.fill('#texts', Array.from({ length: 101 }, (_, index) => `line ${index}`).join('\n'))
    await page.fill('#query', 'line')
    await expect.poll(() => page.locator('#status').textContent()).toContain('100')
    // Chromium itself reports an answer of 422 as an error.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('422')])
  })
})
