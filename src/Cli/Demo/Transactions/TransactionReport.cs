using System.Globalization;
using System.Text.Json;
using Semel.Cli.Output;

namespace Semel.Cli.Demo.Transactions;

/// <summary>What readers at both isolation levels have seen, side by side.</summary>
public static class TransactionReport
{
    static readonly (string Name, string Json, Func<TransactionAccount, long> Value)[] Rows =
    [
        ("seen whole", "whole", account => account.Whole),
        ("torn", "torn", account => account.Torn),
        ("lost", "lost", account => account.Lost),
        ("records doubled", "doubled", account => account.Doubled),
        ("shown though aborted", "shownThoughAborted", account => account.ShownThoughAborted),
        ("shown too early", "shownTooEarly", account => account.ShownTooEarly),
        ("shown after the answer only", "shownTooLate", account => account.ShownTooLate),
    ];

    public static void Write(OutputText output, TransactionOutcome outcome)
    {
        var table = new TextTable("", "read_committed", "read_uncommitted");
        void Both(string name, long value) => table.Add(name, Number(value), Number(value));
        Both("transactions", outcome.Transactions);
        Both("committed", outcome.CommittedTransactions);
        Both("aborted", outcome.AbortedTransactions);
        foreach (var (name, _, value) in Rows) table.Add(name, Number(value(outcome.Committed)), Number(value(outcome.Uncommitted)));
        table.WriteTo(output);
        output.WriteLine();
        output.WriteLine($"EndTxn answers lost: {outcome.AnswersLost}. EndTxn held until the next transaction: {outcome.EndsHeld}, carried out there: {outcome.HeldAnswered}. "
            + $"Requests of zombies refused: {outcome.ZombiesRefused}, taken: {outcome.ZombiesTaken}. Broker killed: {outcome.Crashes}.");
        output.WriteLine();
        output.WriteLine(Conclusion(outcome));
    }

    public static string Conclusion(TransactionOutcome outcome) => outcome.IsExact
        ? $"Whoever reads with read_committed saw each of the {Number(outcome.CommittedTransactions)} committed transactions whole and once, as soon as its commit was answered, with the group's position moved by the same step, and nothing of the {Number(outcome.AbortedTransactions)} others."
        : $"Something went wrong: this must not happen. Please report it with the seed. (Group's position apart from its records: {outcome.OffsetsApart}.)";

    public static void WriteJson(OutputText output, long seed, TransactionOutcome outcome) => output.WriteJson(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("seed", seed);
        json.WriteNumber("transactions", outcome.Transactions);
        json.WriteNumber("committed", outcome.CommittedTransactions);
        json.WriteNumber("aborted", outcome.AbortedTransactions);
        WriteAccount(json, "readCommitted", outcome.Committed);
        WriteAccount(json, "readUncommitted", outcome.Uncommitted);
        json.WriteNumber("offsetsApart", outcome.OffsetsApart);
        json.WriteNumber("endTxnAnswersLost", outcome.AnswersLost);
        json.WriteNumber("endTxnHeld", outcome.EndsHeld);
        json.WriteNumber("endTxnHeldAndCarriedOut", outcome.HeldAnswered);
        json.WriteNumber("zombieRequestsRefused", outcome.ZombiesRefused);
        json.WriteNumber("zombieRequestsTaken", outcome.ZombiesTaken);
        json.WriteNumber("crashes", outcome.Crashes);
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
