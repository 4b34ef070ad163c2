import type { Server } from 'millrace'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from './support/browser.ts'
import { quickstart } from './support/quickstart.ts'

if (!chromiumPath) console.warn('The page is not tested: no Chromium found; install one or set CHROMIUM_PATH')

describe.skipIf(!chromiumPath)('the page in a browser', () => {
  let server: Server
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    server = await quickstart().app.listen({ port: 0, signals: false, graceMs: 500 })
    browser = await chromium.launch({ executablePath: chromiumPath as string, args: ['--no-sandbox', '--disable-gpu'] })
    page = await browser.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    // Violations of the Content-Security-Policy come as console errors, too.
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    const response = await page.goto(server.url)
    expect(response?.headers()['content-security-policy']).toContain("script-src 'self'")
  })

  afterAll(async () => {
    expect(complaints.splice(0)).toEqual([])
    await browser.close()
    await server.close()
  })

  const submit = (form: string) => page.click(`#${form} button[type=submit]`)
  const output = (form: string) => page.locator(`output[for=${form}]`)

  test('compares two texts', async () => {
    await page.fill('#similarity [name=first]', 'The cat sleeps on the sofa.')
    await page.fill('#similarity [name=second]', 'A kitten naps on the couch.')
    await submit('similarity')
    const score = Number(await output('similarity').locator('.big').textContent())
    expect(score).toBeGreaterThan(0.6)
  })

  test('detects a language', async () => {
    await page.fill('#language [name=text]', 'Où se trouve la gare la plus proche ?')
    await submit('language')
    expect(await output('language').locator('.bar').first().textContent()).toMatch(/^French \(fra\)/)
  })

  test('finds a passage', async () => {
    await page.fill('#search [name=query]', 'How long do I cook an egg?')
    await page.fill('#search [name=limit]', '2')
    await submit('search')
    await output('search').locator('.took').waitFor()
    expect(await output('search').locator('.source b').allTextContents()).toContain('Boiling eggs')
    expect(await output('search').locator('.passage').count()).toBe(2)
  })

  test('embeds a text for each line', async () => {
    await page.fill('#embed [name=input]', 'One line.\n\nAnother line.')
    await submit('embed')
    await output('embed').locator('.took').first().waitFor()
    expect(await output('embed').locator('canvas').count()).toBe(2)
    expect(await output('embed').locator('.took').first().textContent()).toMatch(/^2 × 512 numbers/)
  })

  test('streams an answer and marks its best sentence', async () => {
    await page.fill('#ask [name=question]', 'How many minutes does an egg need?')
    await submit('ask')
    await output('ask').locator('.took').waitFor()
    expect(await output('ask').locator('mark').first().textContent()).toBe(
      'After seven minutes the yolk is still soft.',
    )
    expect(await output('ask').locator('.passage').count()).toBe(4)
    expect(await page.locator('[data-stop]').isHidden()).toBe(true)
  })

  test('shows what is wrong with an input', async () => {
    await page.fill('#ask [name=question]', '   ')
    await submit('ask')
    expect(await output('ask').locator('.problem li').textContent()).toMatch(/^query\.question: /)
    await page.fill('#embed [name=input]', Array.from({ length: 65 }, (_, index) => `Line ${index}`).join('\n'))
    await submit('embed')
    expect(await output('embed').locator('.problem li').first().textContent()).toMatch(/^body\.input/)
    // The browser itself notes each refused request.
    expect(complaints.splice(0).every((text) => text.includes('422'))).toBe(true)
  })

  test('shows that the server is gone', async () => {
    await server.close()
    await submit('similarity')
    expect(await output('similarity').locator('.problem').textContent()).toContain('cannot be reached')
    expect(complaints.splice(0).every((text) => text.includes('ERR_CONNECTION_REFUSED'))).toBe(true)
  })
})
