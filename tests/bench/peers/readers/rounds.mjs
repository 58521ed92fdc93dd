// What each reader prints: one line of JSON a round, and its peak memory at the end.

/** Runs `read(file)`, which returns the number of tensors, as often as the command line says. */
export async function rounds(read) {
  const [file, n_rounds] = [process.argv[2], Number(process.argv[3])];
  for (let round = 0; round < n_rounds; round++) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const n_tensors = await read(file);
    const wall_ms = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ wall_ms, cpu_ms: (user + system) / 1000, n_tensors }));
  }
  console.log(JSON.stringify({ peak_kib: process.resourceUsage().maxRSS }));
}
