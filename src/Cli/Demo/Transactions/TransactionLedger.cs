namespace Semel.Cli.Demo.Transactions;

/// <summary>A result as it stands in a log: of which input, and written in which attempt.</summary>
public readonly record struct FoundResult(long Input, int Attempt);

/// <summary>What a reader at one isolation level has seen of the results.</summary>
/// <param name="Once">Inputs whose result is there exactly once.</param>
/// <param name="Doubled">Results that are there beside another of the same input.</param>
/// <param name="Lost">Inputs without a result.</param>
/// <param name="OfAborted">Results of transactions that were aborted.</param>
/// <param name="ShownTooEarly">Results that were there before their transaction had ended.</param>
/// <param name="ShownTooLate">Commits that were answered when not all of their results were there.</param>
public sealed record TransactionAccount(long Once, long Doubled, long Lost, long OfAborted, long ShownTooEarly, long ShownTooLate)
{
    public bool IsExact => Doubled + Lost + OfAborted + ShownTooEarly + ShownTooLate == 0;
}

/// <summary>Which attempt wrote the results of which inputs, how each ended, and what was found.</summary>
public sealed class TransactionLedger
{
    readonly List<(IReadOnlyList<long> Inputs, bool? Committed)> _attempts = [];

    public int Count => _attempts.Count;
    public int Committed => _attempts.Count(static attempt => attempt.Committed == true);
    public int Aborted => _attempts.Count(static attempt => attempt.Committed == false);

    /// <summary>Inputs of which the results are committed.</summary>
    public long Done => _attempts.Where(static attempt => attempt.Committed == true).Sum(static attempt => attempt.Inputs.Count);

    /// <returns>The number of an attempt that begins.</returns>
    public int Begin(IReadOnlyList<long> inputs)
    {
        _attempts.Add((inputs, null));
        return _attempts.Count - 1;
    }

    public void Ended(int attempt, bool committed) => _attempts[attempt] = (_attempts[attempt].Inputs, committed);

    /// <summary>Whether every result of an attempt is among what was found.</summary>
    public bool IsWhole(int attempt, IReadOnlyCollection<FoundResult> found) =>
        _attempts[attempt].Inputs.All(input => found.Contains(new FoundResult(input, attempt)));

    /// <param name="inputs">How many there are.</param>
    public TransactionAccount Account(long inputs, IReadOnlyCollection<FoundResult> found, long shownTooEarly, long shownTooLate)
    {
        var byInput = found.GroupBy(static result => result.Input).ToDictionary(static group => group.Key, static group => group.Count());
        return new(byInput.Values.Count(static count => count == 1), byInput.Values.Sum(static count => (long)count - 1), inputs - byInput.Count,
            found.Count(result => _attempts[result.Attempt].Committed == false), shownTooEarly, shownTooLate);
    }
}
