import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'

/** What is written on the pages of a PDF beyond margins of 50 points: each with the number of its page. */
export async function beyondMargins(content: Uint8Array): Promise<string[]> {
  const document = await getDocument({ data: new Uint8Array(content), verbosity: 0 }).promise
  const beyond: string[] = []
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number)
    const [, , width = 0] = page.view
    for (const item of (await page.getTextContent()).items) {
      if (!('str' in item) || !item.str.trim()) continue
      const left = item.transform[4]
      if (left < 50 || left + item.width > width - 50) beyond.push(`${number}: ${item.str}`)
    }
  }
  await document.loadingTask.destroy()
  return beyond
}
