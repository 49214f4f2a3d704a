import { readFileSync } from 'node:fs'
import { locate } from '../read.ts'

interface RawMovie {
  readonly [name: string]: string | number | null
}

/** The five figures, from the files alone: nothing here goes through the import or a service. */
export function expectedFigures() {
  const movies = acceptedMovies()
  const days = rawDays()
  return {
    'All movies': [
      {
        movies: movies.length,
        first: movies.map(isoDate).sort()[0],
        last: movies.map(isoDate).sort().at(-1),
        budgets: sum(numbers(movies, 'Production Budget')),
        averageMinutes: mean(numbers(movies, 'Running Time min')),
      },
    ],
    'Movies by MPAA rating': grouped(movies, 'MPAA Rating').map(([mpaaRating, group]) => ({
      mpaaRating,
      movies: group.length,
      imdb: mean(numbers(group, 'IMDB Rating')),
      tomatoes: mean(numbers(group, 'Rotten Tomatoes Rating')),
    })),
    'Genres that earned most': named(grouped(movies, 'Major Genre'))
      .map(([genre, group]) => ({
        genre,
        movies: group.length,
        worldwide: sum(numbers(group, 'Worldwide Gross')),
        best: Math.max(...numbers(group, 'Worldwide Gross')),
      }))
      .sort((a, b) => b.worldwide - a.worldwide)
      .slice(0, 5),
    'Best directors of ten movies or more': named(grouped(movies, 'Director'))
      .filter(([, group]) => group.length >= 10)
      .map(([director, group]) => ({
        director,
        movies: group.length,
        imdb: mean(numbers(group, 'IMDB Rating')),
        votes: sum(numbers(group, 'IMDB Votes')),
      }))
      .sort((a, b) => b.imdb - a.imdb)
      .slice(0, 5),
    'Days in Seattle by weather': grouped(days, 'weather').map(([kind, group]) => ({
      kind,
      days: group.length,
      rainMm: sum(numbers(group, 'precipitation')).toFixed(1),
      coldest: Math.min(...numbers(group, 'temp_min')).toFixed(1),
      warmest: Math.max(...numbers(group, 'temp_max')).toFixed(1),
      wind: mean(numbers(group, 'wind')),
    })),
  }
}

function acceptedMovies(): RawMovie[] {
  const movies = JSON.parse(readFileSync(locate('movies.json'), 'utf8')) as RawMovie[]
  return movies.filter((movie) => typeof movie.Title === 'string' && isoDate(movie) < '2012')
}

function rawDays(): RawMovie[] {
  const [header = '', ...lines] = readFileSync(locate('seattle-weather.csv'), 'utf8')
    .trim()
    .split('\n')
  const names = header.split(',')
  return lines.map((line) => {
    const cells = line.split(',')
    return Object.fromEntries(
      names.map((name, i) => [name, /^-?[\d.]+$/.test(cells[i]!) ? Number(cells[i]) : cells[i]!]),
    )
  })
}

/** By JavaScript's own reading of the date, unlike the import's. */
function isoDate(movie: RawMovie): string {
  return new Date(`${String(movie['Release Date'])} UTC`).toISOString().slice(0, 10)
}

function numbers(rows: readonly RawMovie[], name: string): number[] {
  return rows.map((row) => row[name]).filter((value) => typeof value === 'number')
}

/** The rows by their value of `name`: null first, then in the order of the text. */
function grouped(rows: readonly RawMovie[], name: string): [string | null, RawMovie[]][] {
  const groups = new Map<string | null, RawMovie[]>()
  for (const row of rows) {
    const value = row[name] as string | null
    groups.set(value, [...(groups.get(value) ?? []), row])
  }
  return Array.from(groups).sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))
}

function named<T>(groups: readonly [string | null, T][]): [string | null, T][] {
  return groups.filter(([name]) => name !== null)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length
}
