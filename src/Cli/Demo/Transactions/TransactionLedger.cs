namespace Semel.Cli.Demo.Transactions;

/// <summary>What became of the transactions as a reader at one isolation level sees it.</summary>
/// <param name="Whole">All of its records are there.</param>
/// <param name="Torn">Some are there and some are not.</param>
/// <param name="Lost">Committed, and none is there.</param>
/// <param name="Doubled">Records that are there more than once.</param>
/// <param name="ShownThoughAborted">Aborted, and some are there.</param>
/// <param name="ShownTooEarly">Looks at which a record was there whose transaction had not ended.</param>
/// <param name="ShownTooLate">Committed and answered, and not all there at once.</param>
public sealed record TransactionAccount(long Whole, long Torn, long Lost, long Doubled, long ShownThoughAborted, long ShownTooEarly, long ShownTooLate)
{
    public bool IsExact => Torn + Lost + Doubled + ShownThoughAborted + ShownTooEarly + ShownTooLate == 0;
}

/// <summary>What was promised of each transaction, and what was found.</summary>
public sealed class TransactionLedger
{
    readonly List<bool?> _committed = [];

    public int Count => _committed.Count;
    public int Committed => _committed.Count(static end => end == true);
    public int Aborted => _committed.Count(static end => end == false);

    /// <returns>The number of a transaction that begins.</returns>
    public int Begin()
    {
        _committed.Add(null);
        return _committed.Count - 1;
    }

    public void Ended(int transaction, bool committed) => _committed[transaction] = committed;

    /// <summary>The newest that was committed; -1 when none was.</summary>
    public int NewestCommitted => _committed.FindLastIndex(static end => end == true);

    /// <param name="found">By partition, the numbers of the transactions whose records are there.</param>
    public TransactionAccount Account(IReadOnlyList<IReadOnlyList<int>> found, long shownTooEarly, long shownTooLate)
    {
        var counts = new int[Count, found.Count];
        for (var partition = 0; partition < found.Count; partition++)
            foreach (var transaction in found[partition]) counts[transaction, partition]++;
        long whole = 0, torn = 0, lost = 0, doubled = 0, wrongly = 0;
        for (var transaction = 0; transaction < Count; transaction++)
        {
            var parts = 0;
            for (var partition = 0; partition < found.Count; partition++)
            {
                if (counts[transaction, partition] > 0) parts++;
                doubled += Math.Max(0, counts[transaction, partition] - 1);
            }
            if (parts == found.Count) whole++;
            else if (parts > 0) torn++;
            if (parts == 0 && _committed[transaction] == true) lost++;
            if (parts > 0 && _committed[transaction] == false) wrongly++;
        }
        return new(whole, torn, lost, doubled, wrongly, shownTooEarly, shownTooLate);
    }
}
