const element = document.getElementById('redoc')
const { url, root } = window.readPlaces(element)
const fontFamily = 'system-ui, sans-serif'

fetch(url)
  .then((response) => response.json())
  .then((loaded) =>
    window.Redoc.init(
      window.adaptDocument(loaded, root),
      {
        downloadUrls: [{ title: 'Download', url }],
        theme: {
          typography: { fontFamily, headings: { fontFamily }, code: { fontFamily: 'ui-monospace, monospace' } },
        },
      },
      element,
    ),
  )
  .catch((error) => {
    element.textContent = `The document could not be shown: ${error.message}`
    throw error
  })
