/** The command line as built, or as built into the folder that ANOMALY_DIST names. */
const dist = process.env.ANOMALY_DIST ?? 'dist';
const { main } = await import(new URL(`../../${dist}/cli.js`, import.meta.url).href);
await main(process.argv.slice(2));
