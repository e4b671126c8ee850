"""Reads a CSV export and writes each row as a line of JSON: convert.py EXPORT > rows.jsonl"""
import csv
import json
import sys


def main():
    write = sys.stdout.write
    with open(sys.argv[1], encoding="utf-8-sig", newline="") as export:
        for row in csv.DictReader(export):
            write(json.dumps(row, ensure_ascii=False) + "\n")


main()
