-- What somebody does in Neovim, without a screen: tests/test_neovim.py runs it, and docs/editors.md shows what it prints.
local out = {}
local function say(text)
  for line in vim.gsplit(text, "\n") do
    table.insert(out, (line:gsub("%s+$", "")))
  end
end
local function name(buffer)
  return vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ":.")
end
local function await(what, holds)
  if not vim.wait(30000, holds, 20) then
    error("waited in vain for " .. what)
  end
end

vim.ui.select = function(choices, options, chosen)
  say(options.prompt or "choose:")
  for at, choice in ipairs(choices) do
    say(("%d: %s"):format(at, options.format_item and options.format_item(choice) or choice))
  end
  chosen(choices[1], 1)
end

local function run()
  for _, file in ipairs({ "forward.yaml", "return.yaml" }) do
    say(":edit " .. file)
    vim.cmd.edit(file)
  end
  await("a diagnostic", function()
    return #vim.diagnostic.get() > 0
  end)
  local found = vim.diagnostic.get()[1]
  say(":lua vim.diagnostic.jump({ count = 1, float = true })")
  vim.api.nvim_set_current_buf(found.bufnr)
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.diagnostic.jump({ count = 1 })
  say(("-- at %s:%d:%d"):format(name(0), unpack(vim.api.nvim_win_get_cursor(0))))
  local float = vim.diagnostic.open_float()
  say(table.concat(vim.api.nvim_buf_get_lines(float, 0, -1, false), "\n"))
  vim.cmd.fclose()
  say("")
  say(":Hops")
  vim.cmd.Hops()
  local hops = vim.fn.getqflist()
  for at, hop in ipairs(hops) do
    say(("%d %s:%d: %s"):format(at, name(hop.bufnr), hop.lnum, hop.text))
  end
  local other = 0
  for at, hop in ipairs(hops) do
    other = name(hop.bufnr):match("%.py$") and at or other
  end
  say(":cc " .. other)
  vim.cmd.cc(other)
  say(("-- at %s:%d"):format(name(0), vim.fn.line(".")))
  say(vim.fn.getline("."))
  say("")
  say(":edit worker.yaml")
  vim.cmd.edit("worker.yaml")
  await("its diagnostic", function()
    return #vim.diagnostic.get(0) > 0
  end)
  say(":lua vim.diagnostic.jump({ count = 1 })")
  vim.diagnostic.jump({ count = 1 })
  say(("-- at %s:%d:%d: %s"):format(name(0), unpack(vim.list_extend(
    vim.api.nvim_win_get_cursor(0), { vim.split(vim.diagnostic.get(0)[1].message, "\n")[1] }
  ))))
  say("gra")
  local before = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  vim.lsp.buf.code_action()
  await("the edit", function()
    return not vim.deep_equal(before, vim.api.nvim_buf_get_lines(0, 0, -1, false))
  end)
  local after = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  say(vim.trim(vim.diff(table.concat(before, "\n") .. "\n", table.concat(after, "\n") .. "\n", { ctxlen = 1 })))
  await("the end of the loop", function()
    return #vim.diagnostic.get(0) == 0
  end)
  say("-- no diagnostics")
end

local fine, wrong = pcall(run)
if not fine then
  say("error: " .. tostring(wrong))
end
vim.fn.writefile(out, vim.env.SAID)
vim.cmd.qall({ bang = true })
