using System.Diagnostics.CodeAnalysis;

namespace Semel.Machines.Groups;

/// <summary>All groups of one coordinator, by name. A group is there as long as anything of it has to be remembered.</summary>
internal sealed class GroupTable
{
    readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);

    public int Count => _groups.Count;
    public IEnumerable<Group> All => _groups.Values;
    public IEnumerable<Group> Sorted => _groups.Values.OrderBy(group => group.Name, StringComparer.Ordinal);

    public bool TryFind(string name, [NotNullWhen(true)] out Group? group) => _groups.TryGetValue(name, out group);

    public Group FindOrAdd(string name)
    {
        if (_groups.TryGetValue(name, out var group)) return group;
        group = new Group(name);
        _groups.Add(name, group);
        return group;
    }

    /// <summary>Forgets what nobody needs: a body without anybody, a group without anything.</summary>
    public void Tidy(Group group)
    {
        if (group.Body is { IsBare: true }) group.Body = null;
        if (group.IsBare) _groups.Remove(group.Name);
    }
}
