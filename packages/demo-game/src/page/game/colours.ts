/** Everybody's own, by his place. */
const coats = ['#e4572e', '#2f7fc1', '#5aa53c', '#f0a818', '#8a5cc9', '#dd4f93', '#149c93', '#84624a'] as const;
/** The same in the shade. */
const shades = ['#b93f1c', '#21619a', '#41822a', '#c78608', '#6b41a6', '#b53574', '#0c7771', '#654735'] as const;

export function coatOf({ place }: { readonly place: number }): string {
  return coats[place % coats.length] as string;
}

export function shadeOf({ place }: { readonly place: number }): string {
  return shades[place % shades.length] as string;
}

export const ink = '#24384f';
export const shadow = 'rgba(58, 92, 132, 0.22)';
