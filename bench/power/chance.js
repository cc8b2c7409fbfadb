/** The chance that power gives an attack of some size: between two sizes that were tried in proportion to its logarithm. */

/** @returns NaN where nothing of the template could be tried */
export function chanceOf({ sizes }, size) {
  const tried = sizes.map(({ size: at, placements, named }) => ({ at: Math.log(at), chance: named / placements }));
  tried.sort((a, b) => a.at - b.at);
  const [first, last] = [tried[0], tried.at(-1)];
  if (!first) return Number.NaN;
  const at = Math.log(size);
  // beyond what was tried it is as there: power stops where nothing changes any more
  if (at <= first.at) return first.chance;
  if (at >= last.at) return last.chance;
  const above = tried.findIndex((each) => each.at >= at);
  const [low, high] = [tried[above - 1], tried[above]];
  return low.chance + ((high.chance - low.chance) * (at - low.at)) / (high.at - low.at);
}
