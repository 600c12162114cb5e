/** Made at build by vite/mirror.mjs. */
declare module "virtual:texts/en" {
  const table: Record<string, string>;
  export default table;
}
