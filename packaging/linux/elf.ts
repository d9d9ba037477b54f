/** Offsets in the headers of a 64-bit ELF file (System V ABI, "ELF header", "Section header", "Program header"). */
const HEADER = { phoff: 32, shoff: 40, phentsize: 54, phnum: 56, shentsize: 58, shnum: 60, shstrndx: 62 } as const;
const SECTION = { type: 4, flags: 8, offset: 24, size: 32 } as const;
const SEGMENT = { offset: 8, fileSize: 32 } as const;

/** The flag of a section that is in memory when the program runs. */
const ALLOC = 2n;

/**
 * An executable without what only debuggers read: names of its functions, an eighth of Node.js. Sections keep their
 * numbers, for they refer to each other by them; those that are gone are of no type and empty.
 *
 * @throws Error when it is no 64-bit little-endian ELF file
 */
export function withoutDebugSections(executable: Buffer): Buffer {
  if (executable.subarray(0, 6).toString("latin1") !== "\x7fELF\x02\x01") throw new Error("this is no ELF executable");
  const number = (offset: number): number => Number(executable.readBigUInt64LE(offset));
  const short = (offset: number): number => executable.readUInt16LE(offset);
  const sectionSize = short(HEADER.shentsize);
  const sectionCount = short(HEADER.shnum);
  const table = Buffer.from(
    executable.subarray(number(HEADER.shoff), number(HEADER.shoff) + sectionSize * sectionCount),
  );
  const ends = Array.from({ length: short(HEADER.phnum) }, (_, index) => {
    const segment = number(HEADER.phoff) + index * short(HEADER.phentsize);
    return number(segment + SEGMENT.offset) + number(segment + SEGMENT.fileSize);
  });
  const loaded = executable.subarray(0, Math.max(...ends));
  const names = { offset: aligned(loaded.length), content: Buffer.alloc(0) };
  for (let index = 0; index < sectionCount; index++) {
    const section = index * sectionSize;
    const [offset, size] = [SECTION.offset, SECTION.size].map((member) =>
      Number(table.readBigUInt64LE(section + member)),
    ) as [number, number];
    if (index === short(HEADER.shstrndx)) {
      names.content = Buffer.from(executable.subarray(offset, offset + size));
      table.writeBigUInt64LE(BigInt(names.offset), section + SECTION.offset);
    } else if ((table.readBigUInt64LE(section + SECTION.flags) & ALLOC) === 0n) {
      table.writeUInt32LE(0, section + SECTION.type);
      table.fill(0, section + SECTION.flags, section + SECTION.size + 8);
    }
  }
  const tableOffset = aligned(names.offset + names.content.length);
  const result = Buffer.alloc(tableOffset + table.length);
  loaded.copy(result);
  names.content.copy(result, names.offset);
  table.copy(result, tableOffset);
  result.writeBigUInt64LE(BigInt(tableOffset), HEADER.shoff);
  return result;
}

function aligned(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}
