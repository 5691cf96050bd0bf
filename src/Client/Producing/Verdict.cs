namespace Semel.Client.Producing;

/// <summary>The final report for the records of a batch.</summary>
/// <param name="BaseOffset">The first record's offset; -1 when it is not known.</param>
/// <param name="LogAppendTime">Milliseconds since 1970; -1 when the records keep their own timestamps.</param>
/// <param name="Error">Null when nothing failed.</param>
internal readonly record struct Verdict(PersistenceStatus Status, long BaseOffset, long LogAppendTime, Error? Error, ErrorClass Class)
{
    public static Verdict Persisted(long baseOffset, long logAppendTime) => new(PersistenceStatus.Persisted, baseOffset, logAppendTime, null, default);

    /// <summary>acks=0: nobody will ever say more, and that is what was asked for.</summary>
    public static readonly Verdict Unacknowledged = new(PersistenceStatus.PossiblyPersisted, -1, -1, null, default);

    public static Verdict NotPersisted(Error error, ErrorClass errorClass) => new(PersistenceStatus.NotPersisted, -1, -1, error, errorClass);

    /// <summary>Repeating such a record may write it twice, so only the application can decide.</summary>
    public static Verdict PossiblyPersisted(Error error) => new(PersistenceStatus.PossiblyPersisted, -1, -1, error, ErrorClass.Application);

    public bool IsFailure => Error is not null;
}
