// Served beside the pages, since their Content-Security-Policy allows no inline script.

/** What a page has to know: where the document, the page's files and the app itself are, and what the viewer is told. */
window.readPage = (element) => ({
  url: new URL(element.dataset.openapi, location.href).href,
  files: new URL(element.dataset.files, location.href),
  // Behind its proxies.
  root: new URL(element.dataset.root, location.href),
  ...JSON.parse(element.dataset.options),
})

/** The document as the viewers show it best. */
window.adaptDocument = (document, root) => {
  // Behind a proxy that strips a prefix, the document does not know where the app stands; the page does.
  if (root.pathname !== '/') document.servers ??= [{ url: root.href.replace(/\/$/, '') }]
  for (const item of Object.values(document.paths))
    for (const operation of Object.values(item)) showItems(operation.responses ?? {})
  return document
}

/** Neither viewer reads `itemSchema` yet: a stream is shown by one of its items. */
function showItems(responses) {
  for (const { content = {} } of Object.values(responses))
    for (const media of Object.values(content)) {
      const items = media.itemSchema ?? media.schema?.itemSchema
      if (items) media.schema = items
    }
}
