// Calls hybris-hac-api as a program of its users does: once for each line of standard input, with a line of JSON as the answer.
//   ["configure", "http://127.0.0.1:9001", "admin", "nimda"]
//   ["executeScript", "1 + 1", "false", "javascript"]
"use strict";

const readline = require("readline");

const print = console.log;
// The client prints the page of each import.
console.log = () => {};

const client = require("hybris-hac-api");
// Its `impexImport` calls this without waiting for it, so that a failure would reach nobody.
const { impexImportExecute } = require("hybris-hac-api/src/ImpexImportExecute");
const methods = { ...client, impexImport: impexImportExecute };

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [method, ...given] = JSON.parse(line);
    let answer;
    try {
      const result = await methods[method](...given);
      answer = { result: method === "configure" || result === undefined ? null : result };
    } catch (error) {
      answer = { error: String(error.message) };
    }
    print(JSON.stringify(answer));
  }
}

main();
