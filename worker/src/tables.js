// Statements for D1, in and out as JSON text. `tables.rs` says what for.

/**
 * Runs `[[sql, [value, …]], …]` as one transaction.
 * @returns {Promise<string>} the rows of each statement, each row an object by column name
 */
export async function runStatements(database, statements) {
  const prepared = JSON.parse(statements).map(([sql, values]) =>
    database.prepare(sql).bind(...values),
  );
  const answers = await database.batch(prepared);
  return JSON.stringify(answers.map((answer) => answer.results ?? []));
}
