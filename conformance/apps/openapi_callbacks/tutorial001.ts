import { App, callback } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Invoice = z.object({
  id: z.string(),
  title: z.string().nullable().default(null),
  customer: z.string(),
  total: z.number(),
})

const InvoiceEvent = z.object({ description: z.string(), paid: z.boolean() })
const InvoiceEventReceived = z.object({ ok: z.boolean() })

const invoiceNotification = callback('{$callback_url}/invoices/{$request.body.id}', {
  summary: 'Invoice Notification',
  body: InvoiceEvent,
  response: InvoiceEventReceived,
})

const description = `Create an invoice.

This will (let's imagine) let the API user (some external developer) create an
invoice.

And this path operation will:

* Send the invoice to the client.
* Collect the money from the client.
* Send a notification back to the API user (the external developer), as a callback.
    * At this point is that the API will somehow send a POST request to the
        external API with the notification of the invoice event
        (e.g. "payment successful").`

export const createInvoice = app.post(
  '/invoices/',
  {
    description,
    query: z.object({
      callback_url: z
        .url({ protocol: /^https?$/ })
        .min(1)
        .max(2083)
        .nullish(),
    }),
    body: Invoice,
    callbacks: { invoice_notification: invoiceNotification },
  },
  function createInvoice() {
    return { msg: 'Invoice received' }
  },
)
