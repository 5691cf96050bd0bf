namespace Semel.Client.Producing;

/// <summary>A queue that also takes batches back at its front.</summary>
internal sealed class BatchQueue
{
    ProducerBatch?[] _ring = new ProducerBatch?[4];
    int _first, _count;

    public int Count => _count;
    public ProducerBatch? First => _count == 0 ? null : _ring[_first];
    public ProducerBatch this[int index] => _ring[(_first + index) & (_ring.Length - 1)]!;

    public void AddLast(ProducerBatch batch)
    {
        Grow();
        _ring[(_first + _count++) & (_ring.Length - 1)] = batch;
    }

    public void AddFirst(ProducerBatch batch)
    {
        Grow();
        _first = (_first - 1) & (_ring.Length - 1);
        _ring[_first] = batch;
        _count++;
    }

    public ProducerBatch RemoveFirst()
    {
        var batch = _ring[_first]!;
        _ring[_first] = null;
        _first = (_first + 1) & (_ring.Length - 1);
        _count--;
        return batch;
    }

    void Grow()
    {
        if (_count < _ring.Length) return;
        var larger = new ProducerBatch?[_ring.Length * 2];
        for (var index = 0; index < _count; index++) larger[index] = this[index];
        (_ring, _first) = (larger, 0);
    }
}
