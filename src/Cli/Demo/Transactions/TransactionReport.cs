using System.Globalization;
using System.Text.Json;
using Semel.Cli.Output;

namespace Semel.Cli.Demo.Transactions;

/// <summary>What readers at both isolation levels have seen, side by side.</summary>
public static class TransactionReport
{
    static readonly (string Name, string Json, Func<TransactionAccount, long> Value)[] Rows =
    [
        ("inputs with one result", "once", account => account.Once),
        ("results doubled", "doubled", account => account.Doubled),
        ("inputs without a result", "lost", account => account.Lost),
        ("results of aborted transactions", "ofAborted", account => account.OfAborted),
        ("shown too early", "shownTooEarly", account => account.ShownTooEarly),
        ("shown after the answer only", "shownTooLate", account => account.ShownTooLate),
    ];

    public static void Write(OutputText output, TransactionOutcome outcome)
    {
        var table = new TextTable("", "read_committed", "read_uncommitted");
        void Both(string name, long value) => table.Add(name, Number(value), Number(value));
        Both("inputs", outcome.Inputs);
        Both("transactions committed", outcome.CommittedTransactions);
        Both("transactions aborted", outcome.AbortedTransactions);
        foreach (var (name, _, value) in Rows) table.Add(name, Number(value(outcome.Committed)), Number(value(outcome.Uncommitted)));
        table.WriteTo(output);
        output.WriteLine();
        output.WriteLine($"Job killed: {outcome.Faults.JobsKilled}. Broker killed: {outcome.Faults.BrokersKilled}. Answers to EndTxn lost: {outcome.Faults.AnswersLost}, requests lost: {outcome.Faults.RequestsLost}. "
            + $"Zombies that woke up and were refused: {outcome.ZombiesRefused}, taken: {outcome.ZombiesTaken}.");
        output.WriteLine();
        output.WriteLine(Conclusion(outcome));
    }

    public static string Conclusion(TransactionOutcome outcome) => outcome.IsExact
        ? $"Whoever reads with read_committed saw the result of each of the {Number(outcome.Inputs)} inputs exactly once, as soon as its commit was answered, with the group's position moved by the same step, and no part of the {Number(outcome.AbortedTransactions)} aborted transactions."
        : $"Something went wrong: this must not happen. Please report it with the seed. (Group's position apart from the results: {outcome.OffsetsApart}.)";

    public static void WriteJson(OutputText output, long seed, TransactionOutcome outcome) => output.WriteJson(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("seed", seed);
        json.WriteNumber("inputs", outcome.Inputs);
        json.WriteNumber("transactions", outcome.Transactions);
        json.WriteNumber("committed", outcome.CommittedTransactions);
        json.WriteNumber("aborted", outcome.AbortedTransactions);
        WriteAccount(json, "readCommitted", outcome.Committed);
        WriteAccount(json, "readUncommitted", outcome.Uncommitted);
        json.WriteNumber("offsetsApart", outcome.OffsetsApart);
        json.WriteNumber("jobsKilled", outcome.Faults.JobsKilled);
        json.WriteNumber("brokersKilled", outcome.Faults.BrokersKilled);
        json.WriteNumber("endTxnAnswersLost", outcome.Faults.AnswersLost);
        json.WriteNumber("endTxnRequestsLost", outcome.Faults.RequestsLost);
        json.WriteNumber("zombiesRefused", outcome.ZombiesRefused);
        json.WriteNumber("zombiesTaken", outcome.ZombiesTaken);
        json.WriteNumber("milliseconds", (long)outcome.Elapsed.TotalMilliseconds);
        json.WriteBoolean("exactlyOnce", outcome.IsExact);
        json.WriteEndObject();
    });

    static void WriteAccount(Utf8JsonWriter json, string name, TransactionAccount account)
    {
        json.WriteStartObject(name);
        foreach (var (_, key, value) in Rows) json.WriteNumber(key, value(account));
        json.WriteEndObject();
    }

    static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
