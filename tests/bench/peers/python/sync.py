"""What one would write in Python instead of referrald: reads a CSV export, sends new rows as creates
and changed ones as updates, and keeps in SQLite what was sent.

    sync.py URL REFRESH_TOKEN_FILE DATABASE EXPORT
"""
import asyncio
import csv
import hashlib
import itertools
import json
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import aiohttp
from yarl import URL

from referral import is_meant, patch_of, referral_of
from store import Store

CONNECTIONS = 32
GROUP = 500
REFERRALS = "/v1.0/engagements/referrals"
TENANT = "contoso.onmicrosoft.com"
CLIENT_ID = "00000000-0000-0000-0000-000000000000"


class Sync:
    def __init__(self, session, url, token, store):
        self.session = session
        self.referrals = URL(url + REFERRALS)
        self.headers = {"Authorization": "Bearer " + token, "Accept": "application/json",
                        "Content-Type": "application/json"}
        self.store = store
        self.disk = ThreadPoolExecutor(1)
        self.jobs = asyncio.Queue(2 * GROUP)
        self.results = []
        self.has_results = asyncio.Event()
        self.counts = {"created": 0, "updated": 0, "unchanged": 0, "refused": 0, "in doubt": 0}

    async def run(self, export):
        recorder = asyncio.create_task(self.record())
        workers = [asyncio.create_task(self.work()) for _ in range(CONNECTIONS)]
        await self.read(export)
        for _ in workers:
            await self.jobs.put(None)
        await asyncio.gather(*workers)
        self.results.append(None)
        self.has_results.set()
        await recorder

    async def on_disk(self, function, *arguments):
        return await asyncio.get_running_loop().run_in_executor(self.disk, function, *arguments)

    async def read(self, export):
        rows = (row for row in csv.DictReader(export) if is_meant(row))
        while group := list(itertools.islice(rows, GROUP)):
            await self.take(group)

    async def take(self, rows):
        """Compares a group of rows with what was sent, and hands on what is new or changed."""
        wanted = {}
        for row in rows:
            referral = referral_of(row)
            body = json.dumps(referral, ensure_ascii=False, separators=(",", ":")).encode()
            wanted[referral["externalReferenceId"]] = (referral, body, hashlib.sha256(body).digest())
        known = await self.on_disk(self.store.known, list(wanted))
        creates, updates = [], []
        for external_id, (referral, body, digest) in wanted.items():
            state, old, referral_id, etag = known.get(external_id, (None, None, None, None))
            if state == "sending":
                self.counts["in doubt"] += 1
            elif old == digest:
                self.counts["unchanged"] += 1
            elif referral_id:
                updates.append((external_id, digest, referral_id, etag, referral))
            elif state is None:
                creates.append((external_id, digest, body))
        if not creates and not updates:
            return
        await self.on_disk(self.store.intend, [job[0] for job in creates], [job[0] for job in updates])
        for job in itertools.chain(creates, updates):
            await self.jobs.put(job)

    async def work(self):
        while (job := await self.jobs.get()) is not None:
            try:
                result = await (self.create(*job) if len(job) == 3 else self.update(*job))
            except (aiohttp.ClientError, asyncio.TimeoutError) as error:
                print(f"{job[0]}: {error}", file=sys.stderr)
                self.counts["in doubt"] += 1
                continue
            self.results.append(result)
            self.has_results.set()

    async def create(self, external_id, digest, body):
        headers = self.headers | {"client-request-id": str(uuid.uuid4())}
        async with self.session.post(self.referrals, data=body, headers=headers) as response:
            if response.status >= 300:
                return self.refused(external_id, response)
            answer = await response.json()
        self.counts["created"] += 1
        return ("synced", digest, answer["id"], answer["engagementId"], answer["eTag"], external_id)

    async def update(self, external_id, digest, referral_id, etag, referral):
        headers = self.headers | {"client-request-id": str(uuid.uuid4()), "If-Match": etag,
                                  "Prefer": "return=representation"}
        body = json.dumps(patch_of(referral), ensure_ascii=False, separators=(",", ":")).encode()
        async with self.session.patch(self.referrals / referral_id, data=body, headers=headers) as response:
            if response.status >= 300:
                return self.refused(external_id, response)
            answer = await response.json()
        self.counts["updated"] += 1
        return ("synced", digest, answer["id"], answer["engagementId"], answer["eTag"], external_id)

    def refused(self, external_id, response):
        print(f"{external_id}: {response.status}", file=sys.stderr)
        self.counts["refused"] += 1
        return ("refused", None, None, None, None, external_id)

    async def record(self):
        """Writes what has been answered meanwhile, in groups."""
        while True:
            await self.has_results.wait()
            self.has_results.clear()
            results, self.results = self.results, []
            at_end = results and results[-1] is None
            await self.on_disk(self.store.record, [result for result in results if result])
            if at_end:
                return


async def sign_in(session, url, refresh_token):
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": refresh_token,
            "scope": "https://api.partner.microsoft.com/.default offline_access"}
    async with session.post(f"{url}/{TENANT}/oauth2/v2.0/token", data=form) as response:
        response.raise_for_status()
        return (await response.json())["access_token"]


async def main(url, token_file, database, export_file):
    with open(token_file, encoding="ascii") as file:
        refresh_token = file.read().strip()
    store = Store(database)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    options = {"timeout": aiohttp.ClientTimeout(total=30), "cookie_jar": aiohttp.DummyCookieJar()}
    async with aiohttp.ClientSession(connector=connector, **options) as session:
        sync = Sync(session, url, await sign_in(session, url, refresh_token), store)
        with open(export_file, encoding="utf-8-sig", newline="") as export:
            await sync.run(export)
    store.close()
    print(json.dumps(sync.counts))
    return 1 if sync.counts["refused"] or sync.counts["in doubt"] else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
