namespace Semel.Client.Producing.Sending;

/// <summary>How many records ended because the producer was closed.</summary>
internal readonly record struct GivenUp(long NotPersisted, long PossiblyPersisted)
{
    public bool IsNone => NotPersisted == 0 && PossiblyPersisted == 0;

    public GivenUp Plus(PersistenceStatus status, int records) =>
        status == PersistenceStatus.NotPersisted ? this with { NotPersisted = NotPersisted + records }
            : this with { PossiblyPersisted = PossiblyPersisted + records };
}
