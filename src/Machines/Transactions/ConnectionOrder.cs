namespace Semel.Machines.Transactions;

/// <summary>
/// A producer of the first protocol uses one id and epoch for many transactions, so a request of an earlier one that arrives late cannot be told by them (KAFKA-17754).
/// But no client speaks over an earlier connection once it has spoken over a later one: it gives the earlier one up. So the newest connection that spoke for an id and
/// epoch is remembered, and whatever comes over an earlier one is late.
/// </summary>
internal static class ConnectionOrder
{
    /// <param name="newest">The ordinal of the newest connection that spoke for this id and epoch; 0 when none did.</param>
    /// <param name="ordinal">Of the connection that speaks now; 0 for who has none.</param>
    public static bool IsLate(long newest, long ordinal) => ordinal != 0 && ordinal < newest;
}
