// Unpacks the browser, and says where it is. A process of its own, as the package looks at the environment as it loads.
import chromium from '@sparticuz/chromium'

process.stdout.write(await chromium.executablePath())
