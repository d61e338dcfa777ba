// Unpacks the browser into TMPDIR. A process of its own, as the package looks at the environment as it loads.
import chromium from '@sparticuz/chromium'

await chromium.executablePath()
