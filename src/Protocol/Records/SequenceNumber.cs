namespace Semel.Protocol.Records;

/// <summary>Arithmetic of sequence numbers, which go from 0 to 2147483647 and then to 0 again (KIP-98). -1 means none.</summary>
public static class SequenceNumber
{
    public const int None = -1;

    /// <summary>The sequence <paramref name="count"/> records after <paramref name="sequence"/>.</summary>
    public static int Add(int sequence, int count) => (int)(((long)sequence + count) & int.MaxValue);

    /// <summary>The sequence <paramref name="count"/> records before <paramref name="sequence"/>.</summary>
    public static int Subtract(int sequence, int count) => (int)(((long)sequence - count) & int.MaxValue);

    /// <summary>Whether a batch that begins at <paramref name="first"/> follows one that ended at <paramref name="last"/>.</summary>
    public static bool IsNext(int last, int first) => first == Add(last, 1);
}
